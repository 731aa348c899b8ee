"""Drawing: what a person asked for, how a model is to be asked, and whether what came is a picture."""
