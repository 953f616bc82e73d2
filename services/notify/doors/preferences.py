"""Doors to what a person wants to be told, how and when."""

from services.notify.edit_preferences import edit_preferences
from services.notify.preference_messages import PreferencesView, WantedPreferences
from services.notify.service import app
from services.notify.tables import preferences_of
from services.shared.plumbing.doors import PERSON, Call
from services.shared.plumbing.problems import VersionConflict


@app.door("GET", "/v1/preferences", PERSON)
def get_preferences(call: Call) -> PreferencesView:
    """What I am told, on which media, in which language, and when not."""
    return PreferencesView.of(preferences_of(call.person))


@app.door("PUT", "/v1/preferences", PERSON, problems=(VersionConflict,))
def put_preferences(call: Call, body: WantedPreferences) -> PreferencesView:
    """Say it anew; what is left out is as it is for who never said anything. The inbox cannot be switched off."""
    return PreferencesView.of(edit_preferences(call.person, body.said, call.if_match, begin=call.begin))
