"""A tiny random pipeline of another family than Wan's: LTX-Video's classes, built where it is needed."""

import torch
from diffusers import (
    AutoencoderKLLTXVideo,
    FlowMatchEulerDiscreteScheduler,
    LTXImageToVideoPipeline,
    LTXVideoTransformer3DModel,
)
from tiny_wan import tiny_tokenizer
from transformers import T5Config, T5EncoderModel


def tiny_ltx() -> LTXImageToVideoPipeline:
    """The pipeline, with the same random weights every time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        text = T5Config(vocab_size=300, d_model=32, d_kv=8, d_ff=64, num_layers=1, num_heads=4)
        channels, four, five = (8, 8, 8, 8), (1, 1, 1, 1), (1, 1, 1, 1, 1)
        vae = AutoencoderKLLTXVideo(
            latent_channels=8,
            block_out_channels=channels,
            decoder_block_out_channels=channels,
            layers_per_block=five,
            decoder_layers_per_block=five,
            spatio_temporal_scaling=(True, True, True, False),
            decoder_spatio_temporal_scaling=(True, True, True, False),
            decoder_inject_noise=(False,) * 5,
            upsample_residual=(False,) * 4,
            upsample_factor=four,
            patch_size=4,
            patch_size_t=1,
        )
        transformer = LTXVideoTransformer3DModel(
            in_channels=8,
            out_channels=8,
            num_attention_heads=2,
            attention_head_dim=16,
            cross_attention_dim=32,
            num_layers=1,
            caption_channels=32,
        )
        return LTXImageToVideoPipeline(
            tokenizer=tiny_tokenizer(),
            text_encoder=T5EncoderModel(text).eval(),
            vae=vae.eval(),
            transformer=transformer.eval(),
            scheduler=FlowMatchEulerDiscreteScheduler(),
        )
