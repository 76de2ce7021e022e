"""The layers below an application: link, IP, TCP and UDP, read quickly for each packet or fully for one."""
