"""The front door: the command line. Wires the three packages together, computes nothing."""

import typer

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
