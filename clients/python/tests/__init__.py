"""The tests of the package; most of them talk to a daemon of their own."""
