"""Reference policies, from the solver's own films to a trained video model."""
