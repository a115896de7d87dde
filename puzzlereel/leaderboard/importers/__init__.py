"""Other people's films: folders as other benchmarks lay them out, judged by our rules, with their metrics beside."""
