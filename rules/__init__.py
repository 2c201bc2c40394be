"""What a school's protocol says, as pure functions: vocabulary, checks, deciding and the protocols as data."""
