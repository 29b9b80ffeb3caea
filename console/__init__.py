"""Shared by both command lines, `local` and `ops`: progress, tables, processes, the local run's folder."""

import sys
from pathlib import Path

# The domain lives in the layer it is deployed in. Only commands that need installed packages import it.
_LAYERS = str(Path(__file__).resolve().parent.parent / "layers")
if _LAYERS not in sys.path:
    sys.path.append(_LAYERS)
