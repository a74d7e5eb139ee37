"""Mix: how much of each run goes into a training set, and what is held out from training."""
