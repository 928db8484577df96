"""An example's words in, keep or a reason out: what makes a row unfit to be learnt from, whatever it is about."""
