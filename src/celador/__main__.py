"""`python -m celador` is the command `celador`."""

from celador.cli.main import main

if __name__ == "__main__":
    main()
