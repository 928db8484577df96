"""The main job, whole."""

from flows.commands.options import Config, Engine


def run(config: Config = None, engine: Engine = "") -> None:
    """The main job: ingest, curate, tokenise, train, evaluate, report."""
    from warehouse.home import made_home

    home = made_home()  # before Prefect is imported, which keeps its state there
    from flows.config import read_config
    from flows.curate import sources_of, spiders_of
    from flows.pipeline import pipeline
    from flows.results import show_run
    from flows.serve.own import own_server

    settings = read_config(config, engine=engine)
    sources_of(settings.registries)  # a registry or a spider that is wrong is said before a server is started
    spiders_of(settings.crawl)
    with own_server(home):
        report = pipeline(settings, home)
    show_run(report)
