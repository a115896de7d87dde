"""How a film is seen: where its board lies, in which light and how sharp it is shown, and what stands in every cell."""
