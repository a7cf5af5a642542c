"""placeholder until merged"""


def read_pattern(text: str) -> str:
    return text
