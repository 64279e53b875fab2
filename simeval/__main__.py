"""`python -m simeval`: the command line without its script on the path."""

from simeval.cli import main

if __name__ == "__main__":
    main()
