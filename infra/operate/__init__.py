"""An operator's way past the doors: letters and events of a stack, on this machine or on a deployed stage."""
