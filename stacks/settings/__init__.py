"""The settings of the stages: `stages.py` has their values, `fields.py` describes what may be set.

`protection.py` refuses a stage whose settings are incomplete or wrong, by the rules in `checks`.
"""

# Every name of both files, so that a new type of a setting is not listed a second time.
from stacks.settings.fields import *
from stacks.settings.stages import *
