"""`python -m musecritic` is `musecritic`."""

from musecritic.cli import main

main()
