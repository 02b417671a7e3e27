from tlcore.cli.commands import cli as cli
