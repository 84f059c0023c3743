"""Text from tools and from the guest's console is hostile to a terminal: nothing but printable characters passes."""


def plain(raw: bytes) -> str:
    text = raw.decode('utf-8', 'replace')
    return ''.join(char if char in '\n\t' or char.isprintable() else '?' for char in text)
