"""The judgement: a video is read, its states are compared with the rules, and a verdict comes out."""
