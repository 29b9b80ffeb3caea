"""The operator's command line, for AWS and the local run alike: ``python -m ops --help``."""

import sys
from pathlib import Path

# Keys, records and events are the domain's, and the domain lives in the layer it is deployed in.
_LAYERS = str(Path(__file__).resolve().parent.parent / "layers")
if _LAYERS not in sys.path:
    sys.path.append(_LAYERS)
