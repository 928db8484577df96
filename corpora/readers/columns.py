"""A Parquet file's bytes in, its rows as JSON lines out."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq

from corpora.errors import BadInput
from corpora.readers.limits import ReaderLimits


def parquet_text(raw: bytes, underlines: bool, limits: ReaderLimits) -> str:
    """One JSON object a row, values of other kinds (dates, decimals) as text.

    Raises BadInput when it is no whole Parquet file, and on more values than the limits allow cells.
    """
    try:
        table = pq.ParquetFile(io.BytesIO(raw))
        cells = table.metadata.num_rows * table.metadata.num_columns
        if cells > limits.cells:
            raise BadInput(f"{cells} values are more than {limits.cells}; split the file")
        lines = [
            json.dumps(row, ensure_ascii=False, default=str)
            for batch in table.iter_batches(2000)
            for row in batch.to_pylist()
        ]
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"this is no whole Parquet file ({str(error).splitlines()[0][:200]}); get it again") from None
    return "\n".join(lines) + "\n"
