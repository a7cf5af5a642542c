"""How the table of online rows is, as Prometheus scrapes it."""

from __future__ import annotations

from typing import Final

from featurestore.hbase_operations import HBaseStatus

_OF_REGIONS: Final = {
    "featurestore_hbase_region_store_files": "How many files a region has.",
    "featurestore_hbase_region_file_bytes": "What a region's files hold.",
    "featurestore_hbase_region_memory_bytes": "What a region holds in memory.",
    "featurestore_hbase_region_reads_per_second": "How often a region was read.",
    "featurestore_hbase_region_writes_per_second": "How often a region was written.",
    "featurestore_hbase_region_is_hot": "Whether a region gets far more requests than others.",
}


def metrics_text(status: HBaseStatus) -> str:
    """The text format of Prometheus."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()
    servers = Gauge("featurestore_hbase_region_servers", "Region servers that are alive.", registry=registry)
    servers.set(len(status.servers))
    regions = Gauge("featurestore_hbase_regions", "Regions of the table.", ["table"], registry=registry)
    regions.labels(status.table).set(len(status.regions))
    seconds = Gauge("featurestore_hbase_read_seconds", "Look-ups of one row.", ["table", "quantile"], registry=registry)
    for quantile, value in (("0.5", status.reads.p50), ("0.95", status.reads.p95), ("0.99", status.reads.p99)):
        seconds.labels(status.table, quantile).set(value)
    gauges = [Gauge(name, text, ["table", "region", "server"], registry=registry) for name, text in _OF_REGIONS.items()]
    for load in status.regions:
        region = load.region
        values = (
            region.files,
            region.file_bytes,
            region.memory_bytes,
            load.reads_per_second,
            load.writes_per_second,
            region.name in status.hot,
        )
        for gauge, value in zip(gauges, values, strict=True):
            gauge.labels(status.table, region.name, region.server).set(value)
    return generate_latest(registry).decode()
