"""``python -m medgan_tf`` is ``medgan-tf``, also where the command is not installed."""

from medgan_tf.console.group import main

if __name__ == "__main__":
    main()
