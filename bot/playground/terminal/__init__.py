"""The playground without a browser: what a person would see, in a terminal, and what is typed there."""
