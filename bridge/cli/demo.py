"""placeholder"""
def run_demo(*, once: bool, port: int, as_json: bool) -> int:
    return 0
