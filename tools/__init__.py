"""What developers run: pictures, counts and descriptions, made from what is deployed."""

import sys
from pathlib import Path

# The route table is the domain's, and the domain lives in the layer it is deployed in.
_LAYERS = str(Path(__file__).resolve().parent.parent / "layers")
if _LAYERS not in sys.path:
    sys.path.append(_LAYERS)
