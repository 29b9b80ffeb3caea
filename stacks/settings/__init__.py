"""The settings of the stages: `stages.py` has the values, `fields.py` says what may be set, `types` how.

`protection.py` refuses a stage whose settings are incomplete or wrong, by the rules in `checks`.
"""

# Every name of these files, so that a new type of a setting is not listed a second time.
from stacks.settings.fields import *
from stacks.settings.stages import *
from stacks.settings.types import *
