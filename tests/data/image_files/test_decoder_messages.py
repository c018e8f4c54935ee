import os
import subprocess
import sys
import threading

import pytest

from medgan_tf.data.image_files.decoder_messages import listen


def say(text):
    os.write(2, text.encode())
    return text


def test_what_a_decoder_prints_is_heard_and_not_seen(capfd):
    result, lines = listen(lambda: say("Corrupt JPEG data: bad Huffman code\n"))
    assert lines == ["Corrupt JPEG data: bad Huffman code"]
    assert result == "Corrupt JPEG data: bad Huffman code\n"
    # Nothing is left for the next file.
    assert listen(lambda: 7) == (7, [])
    assert capfd.readouterr().err == ""


def test_what_others_print_meanwhile_is_passed_on(capfd):
    _, lines = listen(lambda: say("epoch 3\nlibpng warning: iCCP\nepoch 4\n"))
    assert lines == ["libpng warning: iCCP"]
    assert capfd.readouterr().err == "epoch 3\nepoch 4\n"


def test_standard_error_comes_back_after_an_error(capfd):
    def fail():
        say("Premature end of JPEG file\n")
        raise MemoryError

    with pytest.raises(MemoryError):
        listen(fail)
    say("seen\n")
    assert listen(lambda: None) == (None, [])
    assert capfd.readouterr().err == "seen\n"


def test_each_thread_hears_its_own_decoder():
    heard = {}

    def decode(number):
        for _ in range(20):
            heard.setdefault(number, set()).update(listen(lambda: say(f"Corrupt JPEG data: {number}\n"))[1])

    threads = [threading.Thread(target=decode, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == {number: {f"Corrupt JPEG data: {number}"} for number in range(4)}


def test_a_process_without_standard_error():
    program = (
        "import os; os.close(2); from medgan_tf.data.image_files.decoder_messages import listen; "
        "print(listen(lambda: os.write(2, b'libpng error: bad')))\n"
        "try: os.fstat(2)\nexcept OSError: print('closed')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["(17, ['libpng error: bad'])", "closed"]
