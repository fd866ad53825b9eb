"""A retriever for LangChain over the search of a running service: pip install 'fmqa[langchain]'."""

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from fmqa.client.clients import AsyncClient, Client
from fmqa.client.places import metadata_of
from fmqa.types import Only
from fmqa.wire import SearchResults


class FmqaRetriever(BaseRetriever):
    """Returns the passages nearest to a query, each with where it stands.

    >>> FmqaRetriever(client=Client(), k=5).invoke("naltrexone and tramadol")  # doctest: +SKIP
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    client: Client | None = Field(None, description="Asks the service; None: the retriever is only used with await.")
    async_client: AsyncClient | None = Field(None, description="The same for ``ainvoke``.")
    k: int = Field(10, ge=1, le=100, description="How many passages to return.")
    only: Only = Field(Only(), description="Which documents count.")

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:  # noqa: ARG002 - LangChain gives it
        if self.client is None:
            raise ValueError("give the retriever a client")
        return _documents(self.client.search(query, self.k, self.only))

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        if self.async_client is None:
            return await super()._aget_relevant_documents(query, run_manager=run_manager)
        return _documents(await self.async_client.search(query, self.k, self.only))


def _documents(found: SearchResults) -> list[Document]:
    return [
        Document(page_content=each.passage.text, id=each.passage.id, metadata=metadata_of(each, found))
        for each in found.passages
    ]
