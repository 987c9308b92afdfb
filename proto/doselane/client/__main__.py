"""The command line."""

from doselane.client.commands import app

if __name__ == "__main__":
    app()
