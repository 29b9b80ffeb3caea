"""The local run: a loopback engine and token issuer, the real CDK app deployed to them, sample data.

``python -m local --help`` is the command line; the Makefile is a thin face of it.
"""

import sys
from pathlib import Path

# The domain lives in the layer it is deployed in. Only commands that need installed packages import it.
_LAYERS = str(Path(__file__).resolve().parent.parent / "layers")
if _LAYERS not in sys.path:
    sys.path.append(_LAYERS)
