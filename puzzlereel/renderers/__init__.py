"""The looks: boards become frames, frames become films, and films go into video files and come out again."""
