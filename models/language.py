"""The languages in which texts are searched."""

from models.choices import Choice


class Language(Choice):
    """The language of a text. Search finds other forms of its words, and ignores its most frequent words."""

    SIMPLE = "SIMPLE", "Another language: search finds words only as they are written."
    DANISH = "DANISH", "Danish."
    DUTCH = "DUTCH", "Dutch."
    ENGLISH = "ENGLISH", "English."
    FINNISH = "FINNISH", "Finnish."
    FRENCH = "FRENCH", "French."
    GERMAN = "GERMAN", "German."
    ITALIAN = "ITALIAN", "Italian."
    NORWEGIAN = "NORWEGIAN", "Norwegian."
    PORTUGUESE = "PORTUGUESE", "Portuguese."
    ROMANIAN = "ROMANIAN", "Romanian."
    RUSSIAN = "RUSSIAN", "Russian."
    SPANISH = "SPANISH", "Spanish."
    SWEDISH = "SWEDISH", "Swedish."
    TURKISH = "TURKISH", "Turkish."
