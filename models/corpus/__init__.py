"""The corpus: messages of Dutch school chats that language models wrote for this purpose, and the code that reads them.

`messages/` holds one file per writer, `second_labels.jsonl` what a second reader made of a tenth of them, and
`DATASHEET.md` says how all of it came about. CC BY 4.0.
"""
