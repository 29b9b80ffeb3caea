"""The types of the settings, by subject."""

from stacks.settings.types.clients import *
from stacks.settings.types.distributions import *
from stacks.settings.types.limits import *
from stacks.settings.types.mail import *
from stacks.settings.types.parts import *
from stacks.settings.types.storage import *
