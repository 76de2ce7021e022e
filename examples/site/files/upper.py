from socket import create_server

with create_server(("localhost", 12000)) as listener:
    while True:
        conversation, client = listener.accept()
        with conversation:
            conversation.sendall(conversation.recv(1024).upper())
