"""Runs every test: ``python3 -m tests`` with this folder's parent on the path."""

import sys
import unittest
import warnings
from pathlib import Path

# Also for unittest, which would set a filter of its own.
sys.warnoptions.append("error")
warnings.simplefilter("error")
suite = unittest.defaultTestLoader.discover(
    str(Path(__file__).parent), top_level_dir=str(Path(__file__).parent.parent))
run = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
failed = len(run.failures) + len(run.errors) + len(run.unexpectedSuccesses)
skipped = len(run.skipped)
print(f"{run.testsRun - failed - skipped} passed, {failed} failed, {skipped} skipped")
sys.exit(0 if run.wasSuccessful() and run.testsRun > 0 else 1)
