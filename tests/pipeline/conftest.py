"""Workers that know the tasks made for tests, too."""

from tests.jobs.conftest import known_tasks as known_tasks
