"""`python -m tlcore`."""

from tlcore.cli import cli

if __name__ == "__main__":
    cli(prog_name="python -m tlcore")
