"""Evidence of what the synthetic data is worth and what it gives away: one room for each question, all built alike.

A room is a folder of this package, or a package that another distribution names as an entry point of the group
`medgan_tf.evidence`. It has these files:

- `settings.py`: `KEY`, the user's word for the question (`--with privacy`, `evaluation.privacy`, `privacy.json`);
  `ORDER`, its place among the questions; `CONFIG`, the section of its options, or None. All options have defaults. The
  section is `evaluation.<KEY>` of an experiment, or `<KEY>` if the file says ``TOP_LEVEL = True``. Imports only
  `config.section` and other settings.
- `room.py`: a subclass of `question.RunEvidence` or `question.SeedsEvidence`, registered with
  ``@EVIDENCE.register(KEY)``: when it is made, what it is made from, how, and its line on the terminal. Importing it
  must be cheap: it loads its `job` when it is asked to work.
- `job.py`: folders in, a result file out. `measure*.py`: the statistics. `table.py`: the terminal. `figures.py`.
- `section.py`: the room's part of a report, from its own result; see `evidence.report`.
"""
