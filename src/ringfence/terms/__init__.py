"""Terms: what was agreed, as frozen models. Nothing here computes."""
