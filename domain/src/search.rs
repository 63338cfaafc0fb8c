//! Keys under which a Chinese text is found: its characters, its pinyin, its initials.
