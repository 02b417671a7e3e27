"""Side-by-side measurements, each against a named peer, run by hand: `python -m benchmarks`."""
