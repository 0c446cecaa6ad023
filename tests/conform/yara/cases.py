"""All cases."""
import chance  # noqa: F401
import expressions  # noqa: F401
import externals  # noqa: F401
import hexes  # noqa: F401
import modules  # noqa: F401
import operators  # noqa: F401
import places  # noqa: F401
import programs  # noqa: F401
import structure  # noqa: F401
import texts  # noqa: F401
from kit import CASES  # noqa: F401
