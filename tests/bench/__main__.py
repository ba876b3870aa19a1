"""``make bench``, without imports, since processes that verify the ledger import this module."""

if __name__ == "__main__":
    import asyncio

    from tests.bench.run import main

    asyncio.run(main())
