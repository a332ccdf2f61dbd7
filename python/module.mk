# SPDX-License-Identifier: MIT
# The Python module, which needs nothing to be built.
xenav_python = \
	python/xenav/__init__.py \
	python/xenav/__main__.py \
	python/xenav/connection.py \
	python/xenav/connector.py \
	python/xenav/errors.py \
	python/xenav/input.py \
	python/xenav/keys.py \
	python/xenav/library.py \
	python/xenav/picture.py \
	python/xenav/session.py \
	python/xenav/sound.py \
	python/xenav/stream.py \
	python/xenav/thing.py \
	$(NULL)
python_examples = python/examples/log-in.py python/examples/watch-all.py
EXTRA_DIST += $(xenav_python) $(python_examples)

if HAVE_PYTHONDIR
xenavpythondir = $(pythondir)/xenav
xenavpython_DATA = $(xenav_python)
pythonexampledir = $(docdir)/examples
pythonexample_DATA = $(python_examples)
endif
