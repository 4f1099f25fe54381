"""Generate the e-commerce sample: `uv run data/samples/generate_sample_data.py --help`."""

from gridata_control.samples.command import main

if __name__ == "__main__":
    main()
