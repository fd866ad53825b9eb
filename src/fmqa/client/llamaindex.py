"""A retriever for LlamaIndex over the search of a running service: pip install 'fmqa[llamaindex]'."""

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from fmqa.client.clients import AsyncClient, Client
from fmqa.client.places import metadata_of
from fmqa.types import Only
from fmqa.wire import SearchResults

NO_FILTER = Only()


class FmqaRetriever(BaseRetriever):
    """Returns the passages nearest to a query, each with where it stands.

    >>> FmqaRetriever(Client(), k=5).retrieve("naltrexone and tramadol")  # doctest: +SKIP
    """

    def __init__(
        self, client: Client, async_client: AsyncClient | None = None, k: int = 10, only: Only = NO_FILTER
    ) -> None:
        """Take what asks the service.

        Args:
            client: Asks it.
            async_client: Asks it for ``aretrieve``; None: the other one does.
            k: How many passages to return.
            only: Which documents count.
        """
        super().__init__()
        self._client, self._async_client, self._k, self._only = client, async_client, k, only

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return _nodes(self._client.search(query_bundle.query_str, self._k, self._only))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        if self._async_client is None:
            return self._retrieve(query_bundle)
        return _nodes(await self._async_client.search(query_bundle.query_str, self._k, self._only))


def _nodes(found: SearchResults) -> list[NodeWithScore]:
    return [
        NodeWithScore(
            node=TextNode(id_=each.passage.id, text=each.passage.text, metadata=metadata_of(each, found)),
            score=each.score,
        )
        for each in found.passages
    ]
