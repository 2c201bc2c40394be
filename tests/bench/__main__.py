"""`make bench`: imports nothing before it is needed, like `bot.__main__`, so that the worker is measured as it is."""

if __name__ == "__main__":
    from tests.bench.bench import main

    main()
