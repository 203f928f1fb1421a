"""How many random cases the slow tests try: `make test-slow` a thousand, `make fuzz` as many as one likes."""

import os

CASES = int(os.environ.get("ALLOTMENT_CASES", "1000"))
